#!/bin/sh
# Started here by modules for tests that know the image of Redpanda.
exec rpk "$@"
