#include "go_asm.h"
#include "textflag.h"

// func stepNeuronsAVX2(groups *neuronGroup, n int, driveNA *float64, spiked *uint8, threshold, reversal float64) uint8
TEXT ·stepNeuronsAVX2(SB), NOSPLIT, $0-49
	MOVQ groups+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ driveNA+16(FP), DX
	MOVQ spiked+24(FP), DI
	VBROADCASTSD threshold+32(FP), Y14
	VBROADCASTSD reversal+40(FP), Y15
	XORL R8, R8

group:
	VMOVUPD neuronGroup_v(SI), Y0
	VMOVUPD neuronGroup_syn(SI), Y1
	VMOVUPD neuronGroup_ahp(SI), Y2
	VMOVUPD neuronGroup_leak(SI), Y3
	VMOVUPD neuronGroup_gain(SI), Y4
	VMOVUPD neuronGroup_active(SI), Y5

	VMULPD      neuronGroup_synDecay(SI), Y1, Y6 // next syn
	VMULPD      neuronGroup_ahpDecay(SI), Y2, Y7 // next ahp
	VFMADD231PD (DX), Y4, Y1                     // gain I + syn
	VFMADD231PD Y15, Y2, Y1                      // + ahp E
	VSUBPD      Y2, Y3, Y3                       // leak - ahp
	VFMADD231PD Y0, Y3, Y1                       // next v
	VBLENDVPD   Y5, Y1, Y0, Y0                   // kept while refractory
	VCMPPD      $0x1e, Y14, Y1, Y1               // above the threshold
	VANDPD      Y5, Y1, Y1                       // and active
	VMOVMSKPD   Y1, AX

	VMOVUPD Y0, neuronGroup_v(SI)
	VMOVUPD Y6, neuronGroup_syn(SI)
	VMOVUPD Y7, neuronGroup_ahp(SI)
	MOVB    AX, (DI)
	ORL     AX, R8

	ADDQ $neuronGroup__size, SI
	ADDQ $32, DX
	INCQ DI
	DECQ CX
	JNZ  group

	MOVB R8, ret+48(FP)
	VZEROUPPER
	RET

// func stepRenshawAVX2(groups *renshawGroup, n int, noise *float64, spiked *uint8, threshold, decay float64) uint8
TEXT ·stepRenshawAVX2(SB), NOSPLIT, $0-49
	MOVQ groups+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ noise+16(FP), DX
	MOVQ spiked+24(FP), DI
	VBROADCASTSD threshold+32(FP), Y14
	VBROADCASTSD decay+40(FP), Y15
	XORL R8, R8

group:
	VMOVUPD     renshawGroup_v(SI), Y0
	VMOVUPD     renshawGroup_active(SI), Y5
	VMOVUPD     (DX), Y1
	VFMADD231PD Y0, Y15, Y1        // next v
	VBLENDVPD   Y5, Y1, Y0, Y0     // kept while refractory
	VCMPPD      $0x1e, Y14, Y1, Y1 // above the threshold
	VANDPD      Y5, Y1, Y1         // and active
	VMOVMSKPD   Y1, AX
	VMOVUPD     Y0, renshawGroup_v(SI)
	MOVB        AX, (DI)
	ORL         AX, R8

	ADDQ $renshawGroup__size, SI
	ADDQ $32, DX
	INCQ DI
	DECQ CX
	JNZ  group

	MOVB R8, ret+48(FP)
	VZEROUPPER
	RET

// PREDICT leaves in Y0 the prediction of the row after those at R8 and moves R9 there: R10 is the
// number of rows, even, and R11 the predictor.
#define PREDICT(LOOP) \
	VXORPD       Y0, Y0, Y0     \
	MOVQ         R8, R9         \
	XORQ         AX, AX         \
LOOP:                          \
	VBROADCASTSD (R11)(AX*8), Y1  \
	VFMADD231PD  (R9), Y1, Y0   \
	VBROADCASTSD 8(R11)(AX*8), Y2 \
	VFMADD231PD  32(R9), Y2, Y0 \
	ADDQ         $64, R9        \
	ADDQ         $2, AX         \
	CMPQ         AX, R10        \
	JNE          LOOP

DATA differences<>+0(SB)/8, $32767
DATA differences<>+8(SB)/8, $32768
DATA differences<>+16(SB)/8, $-32768
GLOBL differences<>(SB), RODATA|NOPTR, $24

// lowWords moves the lowest words of both quarters of a half to its beginning.
DATA lowWords<>+0(SB)/8, $0x8080808009080100
DATA lowWords<>+8(SB)/8, $0x8080808080808080
DATA lowWords<>+16(SB)/8, $0x8080808009080100
DATA lowWords<>+24(SB)/8, $0x8080808080808080
GLOBL lowWords<>(SB), RODATA|NOPTR, $32

// func differAVX2(diffs *int16, rows *float64, n int, whole, predictor *float64, past int, orders *laneOrders) int
TEXT ·differAVX2(SB), NOSPLIT, $0-64
	MOVQ diffs+0(FP), DI
	MOVQ rows+8(FP), R8
	MOVQ n+16(FP), CX
	MOVQ whole+24(FP), SI
	MOVQ predictor+32(FP), R11
	MOVQ past+40(FP), R10
	MOVQ orders+48(FP), BX

	VPBROADCASTQ differences<>+0(SB), Y15
	VPBROADCASTQ differences<>+8(SB), Y14
	VPBROADCASTQ differences<>+16(SB), Y13
	VMOVDQU      lowWords<>(SB), Y12
	VPXOR        Y11, Y11, Y11

row:
	PREDICT(sample)
	VMOVDQU      (R9), Y5
	VPSUBQ       Y0, Y5, Y2       // difference d
	VPADDQ       Y15, Y2, Y3      // from 0 to 65535 if d is no smaller than -32767
	VPADDQ       Y14, Y2, Y4      // from 0 to 65535 if d is no larger than 32767
	VPOR         Y3, Y4, Y3
	VPSRLQ       $16, Y3, Y3
	VPCMPEQQ     Y11, Y3, Y3
	VPBLENDVB    Y3, Y2, Y13, Y2  // d where it fits, -32768 elsewhere
	VPSHUFB      Y12, Y2, Y2
	VEXTRACTI128 $1, Y2, X4
	VPUNPCKLDQ   X4, X2, X2
	VMOVQ        X2, (DI)

	VMOVMSKPD Y3, DX
	XORQ      $15, DX             // the lanes that are kept whole
	MOVQ      DX, AX
	SHLQ      $5, AX
	VMOVDQU   (BX)(AX*1), Y6
	VPERMD    Y5, Y6, Y5
	VMOVDQU   Y5, (SI)
	POPCNTQ   DX, DX
	LEAQ      (SI)(DX*8), SI

	ADDQ $8, DI
	ADDQ $32, R8
	DECQ CX
	JNZ  row

	SUBQ whole+24(FP), SI
	SHRQ $3, SI
	MOVQ SI, ret+56(FP)
	VZEROUPPER
	RET

// func restoreAVX2(rows *float64, diffs *int16, n int, whole, predictor *float64, past int, orders *laneOrders) int
TEXT ·restoreAVX2(SB), NOSPLIT, $0-64
	MOVQ rows+0(FP), R8
	MOVQ diffs+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ whole+24(FP), SI
	MOVQ predictor+32(FP), R11
	MOVQ past+40(FP), R10
	MOVQ orders+48(FP), BX

	VPBROADCASTQ differences<>+16(SB), Y15

row:
	VPMOVSXWQ (DI), Y4
	VPCMPEQQ  Y15, Y4, Y5         // the lanes that were kept whole
	VMOVMSKPD Y5, DX
	MOVQ      DX, AX
	SHLQ      $5, AX
	VMOVDQU   (BX)(AX*1), Y6
	VPERMD    (SI), Y6, Y7
	POPCNTQ   DX, DX
	LEAQ      (SI)(DX*8), SI

	PREDICT(sample)
	VPADDQ    Y4, Y0, Y0
	VPBLENDVB Y5, Y7, Y0, Y0
	VMOVDQU   Y0, (R9)
	ADDQ      $8, DI
	ADDQ      $32, R8
	DECQ      CX
	JNZ       row

	SUBQ whole+24(FP), SI
	SHRQ $3, SI
	MOVQ SI, ret+56(FP)
	VZEROUPPER
	RET
