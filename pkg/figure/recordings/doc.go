// Package recordings draws what is measured before inference: recordings and their force,
// simulations and the model behind them, their analyses, cross-histograms, columns of tables, and
// the optional analyses. Each figure has a Compute function, whose plain result is everything that
// is drawn, and a Draw method that only paints it.
package recordings
