"""From a published version to the blobs and the head by which nodes get it."""
