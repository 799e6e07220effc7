// Package training makes estimators: it splits pairs into those that train, validate and are held
// out, fits the networks of an ensemble, and calibrates them.
package training
