"""Teach the small encoder that reads a message: data, model, training, scoring, export."""
