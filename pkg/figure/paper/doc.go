// Package paper draws the figures of the study from the folder of its results: Figures lists them,
// Figure.Draw computes, paints and writes one. Each figure has a Compute function, whose plain
// result is everything that is drawn, and a Draw method that only paints it.
package paper
