"""The chat interface: OpenAI's shape in, grounded answers out. What is said is decided in `edge.answer`."""
