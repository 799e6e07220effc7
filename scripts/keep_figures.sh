#!/bin/sh
# Keep figures in the repository: PDF, and pictures reduced to the size of a screen.
#   keep_figures.sh FROM TO
set -e
from=$1 to=$2
rm -f "$to"/*.png "$to"/*.pdf
mkdir -p "$to"
cp "$from"/fig*.pdf "$to"
cp "$from"/contact_sheet.png "$to"
