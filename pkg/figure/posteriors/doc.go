// Package posteriors draws what inference gives and whether it is right: trainings, simulations of
// known truth, posteriors of recordings, and posterior predictive checks. Each figure has a Compute
// function, whose plain result is everything that is drawn, and a Draw method that only paints it.
package posteriors
