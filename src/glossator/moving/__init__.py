"""All that an installation holds, as neutral rows and files: backup, restore, moving, upgrades."""
