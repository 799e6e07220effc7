//go:build !amd64

package mt19937

func (s *Source) refill() { s.refillGo() }

func (s *Source) accept(candidates int, into *points) int { return s.acceptGo(candidates, into) }

func polar(dst []float64, p *points, n int) { polarGo(dst, p, 0, n) }
