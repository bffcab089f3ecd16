"""`hybridize lsp`: the analysis in editors. A server that never waits, and a worker process that analyzes."""
