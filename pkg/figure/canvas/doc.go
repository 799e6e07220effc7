// Package canvas is what all figures are drawn with and on: a drawing that is written as SVG, PDF
// and PNG with the numbers that it shows, the look of plots, the colours of muscles, marks, text,
// outlines of densities, and tables whose columns errors name. It knows no figure.
//
// Sizes of drawings are in inches, of text and lines in points, areas of a drawing in shares of its
// width and height from the lower left corner. Drawings are not safe for concurrent use.
package canvas
