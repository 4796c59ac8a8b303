"""From a file or a folder to chapters that can be searched and cited."""
