package recording

// Plateau is a steady part of a contraction, samples [Start, Stop).
type Plateau struct{ Start, Stop int }

// Properties of one unit, one value per plateau; NaN where it cannot be told.
type Properties struct {
	ThresholdMVC []float64 // force at recruitment, % MVC
	RecruitedAt  []float64 // sample of the first spike of sustained firing
	RateHz       []float64 // 1 / mean inter-spike interval
	CoV          []float64 // coefficient of variation of the inter-spike interval
}

// Force is the processed force of a converted recording.
type Force struct {
	PercentMVC []float64
	Plateaus   [][2]int // samples, stop excluded
	FsHz       float64
}
