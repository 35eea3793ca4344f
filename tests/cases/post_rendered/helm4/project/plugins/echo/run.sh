cat > input.txt
echo "kind: Only"
echo "arguments: '$*'"
echo "folder: ${HELM_PLUGIN_DIR##*/} $HELM_PLUGIN_NAME"
echo "is not shown" >&2
