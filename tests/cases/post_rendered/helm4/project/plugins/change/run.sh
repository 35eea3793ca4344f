# Everything is green, pods go, and there is more than before.
sed -e 's/blue/green/' -e 's/kind: Pod/kind: Job/' -e 's/name: test/name: renamed/'
cat <<END
---
kind: Added
metadata:
  name: $1-$2
  by: $3
---
kind: Moved
metadata:
  annotations:
    postrenderer.helm.sh/postrender-filename: app/templates/config.yaml
    left: here
END
