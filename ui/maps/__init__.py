"""The map: what templates say and traces show, as places on a drawing. Pure."""
