// Package inference puts recordings to an estimator: posteriors for every condition of a table,
// within a muscle and between two, their comparison, and the group.
package inference
