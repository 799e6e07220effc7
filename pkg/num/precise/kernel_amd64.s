#include "go_asm.h"
#include "textflag.h"

// expSum of precise.go for four numbers: x in Y0, tail in Y1, result in Y0; the tables
// are at BX. The operations and their order are those of the Go code.
#define EXPSUM \
	VMULPD       tables_perOctave(BX), Y0, Y2 \
	VADDPD       tables_half(BX), Y2, Y2 \
	VROUNDPD     $1, Y2, Y2                         \ // k
	VMOVUPD      tables_ln2HiStep(BX), Y3    \
	VMOVAPD      Y0, Y4                             \
	VFNMADD231PD Y3, Y2, Y4                         \
	VFNMADD231PD tables_ln2LoStep(BX), Y2, Y4 \
	VADDPD       Y1, Y4, Y4                         \ // r
	VCVTPD2DQY   Y2, X5                             \
	VPSRAD       $7, X5, X6                         \
	VPMOVSXDQ    X6, Y6                             \
	VPADDQ       tables_bias(BX), Y6, Y6 \
	VPSLLQ       $52, Y6, Y6                        \ // scale
	VPSLLD       $25, X5, X5                        \
	VPSRLD       $24, X5, X5                        \ // 2 i
	VMOVQ        X5, R8                             \
	VPEXTRQ      $1, X5, R9                         \
	MOVL         R8, R10                            \
	SHRQ         $32, R8                            \
	MOVL         R9, R11                            \
	SHRQ         $32, R9                            \
	VMOVUPD      tables_exp2(BX)(R10*8), X8         \
	VMOVUPD      tables_exp2(BX)(R8*8), X9          \
	VINSERTF128  $1, tables_exp2(BX)(R11*8), Y8, Y8 \
	VINSERTF128  $1, tables_exp2(BX)(R9*8), Y9, Y9  \
	VUNPCKHPD    Y9, Y8, Y7                         \ // what rounding left out
	VUNPCKLPD    Y9, Y8, Y8                         \ // 2^(i/128)
	VMULPD       tables_expSeries(BX), Y4, Y2 \
	VADDPD       tables_expSeries+32(BX), Y2, Y2 \
	VMULPD       Y4, Y2, Y2                         \
	VADDPD       tables_expSeries+64(BX), Y2, Y2 \
	VMULPD       Y4, Y2, Y2                         \
	VADDPD       tables_expSeries+96(BX), Y2, Y2 \
	VMULPD       Y4, Y4, Y3                         \
	VMULPD       Y2, Y3, Y3                         \
	VADDPD       Y3, Y4, Y3                         \
	VADDPD       Y3, Y7, Y9                         \ // p
	VMOVAPD      Y8, Y3                             \
	VFMADD231PD  Y9, Y8, Y3                         \
	VMULPD       Y6, Y3, Y3                         \
	VCMPPD       $2, tables_least(BX), Y0, Y5 \
	VANDNPD      Y3, Y5, Y0

// func expAVX2(x *float64, n int, t *tables)
TEXT ·expAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ t+16(FP), BX

exploop:
	VMOVUPD (SI), Y0
	VXORPD  Y1, Y1, Y1
	EXPSUM
	VMOVUPD Y0, (SI)
	ADDQ    $32, SI
	SUBQ    $4, CX
	JNZ     exploop
	VZEROUPPER
	RET

// func tanhAVX2(x *float64, n int, t *tables)
TEXT ·tanhAVX2(SB), NOSPLIT, $0-24
	MOVQ         x+0(FP), SI
	MOVQ         n+8(FP), CX
	MOVQ         t+16(FP), BX
	VBROADCASTSD tables_one(BX), Y15
	VBROADCASTSD tables_minusTwo(BX), Y14
	VBROADCASTSD tables_sign(BX), Y13
	VXORPD       Y1, Y1, Y1

tanhloop:
	VMOVUPD (SI), Y10
	VANDNPD Y10, Y13, Y0
	VMULPD  Y14, Y0, Y0
	EXPSUM
	VSUBPD  Y0, Y15, Y11
	VADDPD  Y0, Y15, Y0
	VDIVPD  Y0, Y11, Y0
	VANDPD  Y13, Y10, Y10
	VORPD   Y10, Y0, Y0
	VMOVUPD Y0, (SI)
	ADDQ    $32, SI
	SUBQ    $4, CX
	JNZ     tanhloop
	VZEROUPPER
	RET

// One coefficient of the series of the logarithm: Y2 = c + r Y2.
#define SERIES(OFF) \
	VMULPD       Y9, Y2, Y2                          \
	VADDPD       tables_logSeries+OFF(BX), Y2, Y2

// func powAVX2(b *float64, n int, y float64, t *tables)
TEXT ·powAVX2(SB), NOSPLIT, $0-32
	MOVQ b+0(FP), SI
	MOVQ n+8(FP), CX
	VBROADCASTSD y+16(FP), Y15
	MOVQ t+24(FP), BX

powloop:
	VMOVUPD      (SI), Y0
	VPSRLQ       $52, Y0, Y1
	VORPD        tables_two52(BX), Y1, Y1
	VSUBPD       tables_two52Bias(BX), Y1, Y1 // k
	VANDPD       tables_mantissa(BX), Y0, Y2
	VMOVUPD      tables_one(BX), Y4
	VORPD        Y4, Y2, Y2                      // z
	VPSRLQ       $45, Y0, Y3
	VPSLLQ       $57, Y3, Y3
	VPSRLQ       $55, Y3, Y3                     // 4 i
	VEXTRACTI128 $1, Y3, X4
	VMOVQ        X3, R8
	VPEXTRQ      $1, X3, R9
	VMOVQ        X4, R10
	VPEXTRQ      $1, X4, R11
	VMOVUPD      tables_logs(BX)(R8*8), Y5
	VMOVUPD      tables_logs(BX)(R9*8), Y6
	VMOVUPD      tables_logs(BX)(R10*8), Y7
	VMOVUPD      tables_logs(BX)(R11*8), Y8
	VUNPCKLPD    Y6, Y5, Y9
	VUNPCKHPD    Y6, Y5, Y6
	VUNPCKLPD    Y8, Y7, Y10
	VUNPCKHPD    Y8, Y7, Y8
	VPERM2F128   $0x20, Y10, Y9, Y5              // 1/c
	VPERM2F128   $0x31, Y10, Y9, Y7              // log c, second part
	VINSERTF128  $1, X8, Y6, Y6                  // and first
	VMOVUPD      tables_one(BX), Y4
	VMULPD       Y5, Y2, Y8                      // zc
	VSUBPD       Y4, Y8, Y9                      // r
	VMOVAPD      Y2, Y10
	VFMSUB213PD  Y8, Y5, Y10                     // rLo
	VMULPD       tables_ln2Hi4(BX), Y1, Y3
	VADDPD       Y6, Y3, Y3                      // big
	VADDPD       Y9, Y3, Y11                     // hi
	VSUBPD       Y11, Y3, Y12
	VADDPD       Y9, Y12, Y12                    // lo
	VMULPD       tables_half(BX), Y9, Y13 // h
	VMULPD       Y9, Y13, Y14                    // sq
	VFMSUB213PD  Y14, Y9, Y13                    // sqLo
	VSUBPD       Y14, Y11, Y5                    // hi2
	VSUBPD       Y5, Y11, Y6
	VSUBPD       Y14, Y6, Y6
	VADDPD       Y6, Y12, Y12
	VFMADD231PD  tables_ln2Lo4(BX), Y1, Y7
	VSUBPD       Y13, Y7, Y7
	VSUBPD       Y9, Y4, Y4
	VMULPD       Y10, Y4, Y4
	VADDPD       Y4, Y7, Y7
	VADDPD       Y7, Y12, Y12
	VMULPD       Y9, Y9, Y8
	VMULPD       Y9, Y8, Y8                      // r³
	VMOVUPD      tables_logSeries(BX), Y2
	SERIES(32)
	SERIES(64)
	SERIES(96)
	SERIES(128)
	SERIES(160)
	SERIES(192)
	SERIES(224)
	VMULPD       Y2, Y8, Y8
	VADDPD       Y8, Y12, Y12
	VMULPD       Y15, Y5, Y0                     // p
	VMOVAPD      Y5, Y1
	VFMSUB213PD  Y0, Y15, Y1
	VMULPD       Y15, Y12, Y2
	VADDPD       Y2, Y1, Y1                      // tail
	EXPSUM
	VMOVUPD      Y0, (SI)
	ADDQ         $32, SI
	SUBQ         $4, CX
	JNZ          powloop
	VZEROUPPER
	RET
