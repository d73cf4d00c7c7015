"""Where a model comes from and what is known of it without loading: bundled ones, folders, hubs, profiles."""
