package signal

// SumRows writes dst[i] = 0 + rows[0][at+i] + rows[1][at+i] + …, added in this order.
func SumRows(dst []float64, rows [][]float64, at int) {
	for _, r := range rows {
		_ = r[at : at+len(dst)]
	}
	sumRows(dst, rows, at)
}

func sumRowsGo(dst []float64, rows [][]float64, at int) {
	clear(dst)
	for _, r := range rows {
		for i, v := range r[at : at+len(dst)] {
			dst[i] += v
		}
	}
}
