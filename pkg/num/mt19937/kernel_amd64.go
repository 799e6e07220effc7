package mt19937

import (
	"math"

	"golang.org/x/sys/cpu"
)

var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasPOPCNT

//go:noescape
func twistAVX2(k, far *uint32, eights int, high, low, odd uint32)

//go:noescape
func temperAVX2(out, k *uint32, eights int, b, c uint32)

//go:noescape
func acceptAVX2(words *uint32, fours int, into *points, t *acceptTable) int

//go:noescape
func polarAVX2(dst *float64, p *points, fours int, t *polarTable)

// acceptTable holds, for every set of accepted ones of four candidates, the order that packs
// them (halves of numbers), then constants of acceptAVX2.
type acceptTable struct {
	order     [16][8]uint32
	constants [3][4]float64
}

// polarTable holds the constants of polarAVX2.
type polarTable [17][4]float64

var (
	acceptOrder = newAcceptTable()
	polarTerms  = newPolarTable()
)

func newAcceptTable() *acceptTable {
	t := &acceptTable{}
	for set := range t.order {
		at := 0
		for lane := range uint32(4) {
			if set>>lane&1 == 1 {
				t.order[set][at], t.order[set][at+1] = 2*lane, 2*lane+1
				at += 2
			}
		}
	}
	for i, v := range [3]float64{1 << 26, 1.0 / (1 << 52), 1} {
		t.constants[i] = [4]float64{v, v, v, v}
	}
	return t
}

// newPolarTable lists 2^52 and 2^52 + 1022, with which exponents become numbers, the mask of the
// mantissa, and the constants of the logarithm in the order of their use: those of math.Log,
// which are FreeBSD's.
func newPolarTable() *polarTable {
	t := &polarTable{}
	for i, v := range []float64{1 << 52, 1<<52 + 1022, math.Float64frombits(1<<52 - 1),
		0.5, 7.07106781186547524401e-01, 1, 2,
		1.479819860511658591e-01, 1.818357216161805012e-01, 2.857142874366239149e-01,
		6.666666666666735130e-01,
		1.531383769920937332e-01, 2.222219843214978396e-01, 3.999999999940941908e-01,
		1.90821492927058770002e-10, 6.93147180369123816490e-01, -2} {
		t[i] = [4]float64{v, v, v, v}
	}
	return t
}

// refill is refillGo, eight words at a time where the processor can.
func (s *Source) refill() {
	if !useAVX2 {
		s.refillGo()
		return
	}
	k := &s.key
	// Blocks of eight reach to words 224 and 619; the next ones need words that are new.
	twistAVX2(&k[0], &k[period], 28, upperBit, lowerBits, oddMask)
	for i := 224; i < size-period; i++ {
		k[i] = twist(k[i], k[i+1], k[i+period])
	}
	twistAVX2(&k[size-period], &k[0], 49, upperBit, lowerBits, oddMask)
	for i := size - period + 8*49; i < size-1; i++ {
		k[i] = twist(k[i], k[i+1], k[i+period-size])
	}
	k[size-1] = twist(k[size-1], k[0], k[period-1])
	temperAVX2(&s.out[0], &k[0], size/8, temperB, temperC)
	s.pos = 0
}

// accept is acceptGo, four candidates at a time where the processor can.
func (s *Source) accept(candidates int, into *points) int {
	if !useAVX2 {
		return s.acceptGo(candidates, into)
	}
	n := acceptAVX2(&s.out[s.pos], candidates/4, into, acceptOrder)
	s.pos += 4 * candidates
	return n
}

// polar is polarGo, four points at a time where the processor can.
func polar(dst []float64, p *points, n int) {
	fours := 0
	if useAVX2 && n >= 4 {
		fours = n / 4
		polarAVX2(&dst[0], p, fours, polarTerms)
	}
	polarGo(dst, p, 4*fours, n)
}
