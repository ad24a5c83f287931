"""APIs as OpenAPI definitions: what GetExport and ExportApi answer."""
