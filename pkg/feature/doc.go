// Package feature is the home of names: of the features of units and the parameters of
// simulations, with their public labels, units, ranges and order, and of the limits that filter
// units, with their reasons. Whoever writes, reads or draws a table takes them from here.
package feature
