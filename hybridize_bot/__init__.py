"""The shell around `hybridize`: everything that prints, reads the environment or talks to the network."""
