"""What is said about a spine, by a person or a model. Imports nothing else of this product."""
