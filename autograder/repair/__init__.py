"""Where a program is wrong, found by repairing it: small edits are tried until every public answer is right."""
