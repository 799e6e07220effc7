package feature

import (
	"slices"
	"strings"
)

// Mirrored are the ordered pairs of muscles that the study measures in both orders, each with the
// one that it draws first.
var Mirrored = [2][2]string{{"VM", "VL"}, {"SOL", "GM"}}

// PairName is an ordered pair in tables.
func PairName(a, b string) string { return a + between + b }

// Muscles are the two muscles of an ordered pair as tables name it; ok is false for another text.
func Muscles(pair string) (a, b string, ok bool) { return strings.Cut(pair, between) }

const between = "<->"

// IsMirrorImage reports whether the study leaves out an ordered pair of muscles because it shows
// the other order: in the figures of units and posteriors VM<->VL and SOL<->GM, and in the scores
// of predictive checks (turned) VL<->VM and GM<->SOL.
func IsMirrorImage(pair string, turned bool) bool {
	a, b, ok := Muscles(pair)
	if turned {
		a, b = b, a
	}
	return ok && slices.Contains(Mirrored[:], [2]string{a, b})
}
