// Package figuretest compares figures and their numbers with expected ones, for the tests of the
// figure packages.
package figuretest
