"""From a project folder to our tables: read, map, check, set aside. Never computes a finding, never imports the engine."""
