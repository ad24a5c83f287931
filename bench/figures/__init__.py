"""One module a figure: each measures one subject once and returns samples; the report compares."""
