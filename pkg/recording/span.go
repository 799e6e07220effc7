package recording

import "sort"

// Span is a stretch of a recording, in s, from StartS to before StopS.
type Span struct{ StartS, StopS float64 }

// LengthS is the duration of the span, s.
func (s Span) LengthS() float64 { return s.StopS - s.StartS }

// CountIn is the number of spikes (s, ascending) inside spans.
func CountIn(spikesS []float64, spans []Span) int {
	n := 0
	for _, s := range spans {
		n += len(s.Of(spikesS))
	}
	return n
}

// Of returns the spikes (s, ascending) inside the span: a part of spikesS, not a copy.
func (s Span) Of(spikesS []float64) []float64 {
	lo := sort.SearchFloat64s(spikesS, s.StartS)
	return spikesS[lo : lo+sort.SearchFloat64s(spikesS[lo:], s.StopS)]
}
