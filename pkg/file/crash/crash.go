// Package crash marks the moments between which a program may be killed: before and after every
// rename that makes a file appear. Nothing happens there unless a test armed the package.
package crash

import "sync/atomic"

var armed atomic.Pointer[func(where string)]

// Point is called at such a moment; where tells which.
func Point(where string) {
	if f := armed.Load(); f != nil {
		(*f)(where)
	}
}

// Arm has f called at every Point, from several goroutines; nil for nothing. It is meant for the
// process of a test alone, whose f may kill it.
func Arm(f func(where string)) {
	if f == nil {
		armed.Store(nil)
		return
	}
	armed.Store(&f)
}
