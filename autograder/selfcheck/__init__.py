"""Mutation testing of the grader: mutants made with the operators of the diagnosis, and programs of known verdict.

May import everything that grades; nothing that grades imports it.
"""
