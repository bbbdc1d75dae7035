"""Measurements that are not tests: retrieval on a public collection, speed, memory."""
