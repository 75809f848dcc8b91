"""A small server that speaks the TensorFlow Serving protocol. TensorFlow is imported here."""
