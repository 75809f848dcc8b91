"""Training, evaluation and export of both networks. TensorFlow is imported here."""
