package recording

// LongestIntervalS is the longest inter-spike interval, in s, that counts as continuous discharge:
// the same limit that says whether a unit was active throughout a plateau.
const LongestIntervalS = 1

// RatesHz lists the discharge rates 1/interval, in Hz, of the intervals (in s) shorter than belowS;
// their mean is the discharge rate of a unit, in recordings and simulations alike.
func RatesHz(intervalsS []float64, belowS float64) []float64 {
	r := make([]float64, 0, len(intervalsS))
	for _, v := range intervalsS {
		if v < belowS {
			r = append(r, 1/v)
		}
	}
	return r
}
