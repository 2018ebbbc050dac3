"""Mutation testing of the domain and of the engine's guards: docs/contributing/mutants.md."""
