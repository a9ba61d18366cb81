"""The filters of a first layer, which can be looked at as small images."""
