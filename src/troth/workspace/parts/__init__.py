"""The design system and what every page shares: tokens, components, wording, page rendering, errors and headers."""
