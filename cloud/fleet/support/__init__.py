"""Support bundles: asked for by command, made and redacted by the node, come as sealed records."""
