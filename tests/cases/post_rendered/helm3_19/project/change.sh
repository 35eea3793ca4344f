# Everything is green, and there is more than before.
sed -e 's/blue/green/' | tee input.txt
cat <<END
---
# Source: app/templates/config.yaml
kind: Added
metadata:
  name: $1-$2
  by: $3
END
echo "is not shown" >&2
