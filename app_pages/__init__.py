"""The screens of the app, one file each, and the pieces that they share."""
