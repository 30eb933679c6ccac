"""Runs the contract through the code: which documented error takes which path."""
