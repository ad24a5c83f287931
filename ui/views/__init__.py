"""The screens, one blueprint for each group of pages. Every screen has a JSON route below `/api`."""
