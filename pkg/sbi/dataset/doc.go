// Package dataset turns tables into what an estimator learns from and is asked about: tables of
// simulations into pairs of parameters and features, tables of an experiment into observations.
package dataset
