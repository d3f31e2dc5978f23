"""What a browser loads from a node: the kiosk page, the widget, the reference of the interface."""
