"""The schema's history; shipped with the package so that an installed one can migrate."""
