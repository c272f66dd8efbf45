"""The population: the rules of one person over a database, with counts that can be shown and explained."""
