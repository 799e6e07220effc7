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

// DIFFER writes the differences of the row at OFF(R9) from its prediction Y, and its lanes that
// are kept whole.
#define DIFFER(OFF, Y) \
	VMOVDQU      OFF(R9), Y5      \
	VPSUBQ       Y, Y5, Y6        \ // difference d
	VPADDQ       Y15, Y6, Y7      \ // from 0 to 65535 if d is no smaller than -32767
	VPADDQ       Y14, Y6, Y8      \ // from 0 to 65535 if d is no larger than 32767
	VPOR         Y7, Y8, Y7       \
	VPSRLQ       $16, Y7, Y7      \
	VPCMPEQQ     Y11, Y7, Y7      \
	VPBLENDVB    Y7, Y6, Y13, Y6  \ // d where it fits, -32768 elsewhere
	VPSHUFB      Y12, Y6, Y6      \
	VEXTRACTI128 $1, Y6, X8       \
	VPUNPCKLDQ   X8, X6, X6       \
	VMOVQ        X6, (OFF/4)(DI)  \
	VMOVMSKPD    Y7, DX           \
	XORQ         $15, DX          \
	MOVQ         DX, AX           \
	SHLQ         $5, AX           \
	VMOVDQU      (BX)(AX*1), Y6   \
	VPERMD       Y5, Y6, Y5       \
	VMOVDQU      Y5, (SI)         \
	POPCNTQ      DX, DX           \
	LEAQ         (SI)(DX*8), SI

// func differAVX2(diffs *int16, rows *float64, fours int, whole, predictor *float64, past int, orders *laneOrders) int
TEXT ·differAVX2(SB), NOSPLIT, $0-64
	MOVQ diffs+0(FP), DI
	MOVQ rows+8(FP), R8
	MOVQ fours+16(FP), CX
	MOVQ whole+24(FP), SI
	MOVQ predictor+32(FP), R11
	MOVQ past+40(FP), R10
	MOVQ orders+48(FP), BX

	VPBROADCASTQ differences<>+0(SB), Y15
	VPBROADCASTQ differences<>+8(SB), Y14
	VPBROADCASTQ differences<>+16(SB), Y13
	VMOVDQU      lowWords<>(SB), Y12
	VPXOR        Y11, Y11, Y11

rows: // four at a time
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	MOVQ   R8, R9
	XORQ   AX, AX

weight:
	VBROADCASTSD (R11)(AX*8), Y4
	VFMADD231PD  (R9), Y4, Y0
	VFMADD231PD  32(R9), Y4, Y1
	VFMADD231PD  64(R9), Y4, Y2
	VFMADD231PD  96(R9), Y4, Y3
	ADDQ         $32, R9
	INCQ         AX
	CMPQ         AX, R10
	JNE          weight

	DIFFER(0, Y0)
	DIFFER(32, Y1)
	DIFFER(64, Y2)
	DIFFER(96, Y3)
	ADDQ $32, DI
	ADDQ $128, R8
	DECQ CX
	JNZ  rows

	SUBQ whole+24(FP), SI
	SHRQ $3, SI
	MOVQ SI, ret+56(FP)
	VZEROUPPER
	RET

// func restoreAVX2(rows *float64, diffs *int16, n int, whole, predictor *float64, past int, orders *laneOrders) int
//
// The last two rows stay in Y8 and Y9, because memory would return them late. past is even.
TEXT ·restoreAVX2(SB), NOSPLIT, $0-64
	MOVQ rows+0(FP), R8
	MOVQ diffs+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ whole+24(FP), SI
	MOVQ predictor+32(FP), R11
	MOVQ past+40(FP), R10
	MOVQ orders+48(FP), BX

	SUBQ         $2, R10
	VBROADCASTSD (R11)(R10*8), Y10 // weights of the last two rows
	VBROADCASTSD 8(R11)(R10*8), Y11
	MOVQ         R10, R9
	SHLQ         $5, R9
	VMOVUPD      (R8)(R9*1), Y8
	VMOVUPD      32(R8)(R9*1), Y9
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

	VXORPD Y0, Y0, Y0
	MOVQ   R8, R9
	XORQ   AX, AX
	JMP    enough

weights: // two at a time
	VBROADCASTSD (R11)(AX*8), Y1
	VFMADD231PD  (R9), Y1, Y0
	VBROADCASTSD 8(R11)(AX*8), Y2
	VFMADD231PD  32(R9), Y2, Y0
	ADDQ         $64, R9
	ADDQ         $2, AX

enough:
	CMPQ AX, R10
	JNE  weights

	VFMADD231PD Y8, Y10, Y0
	VFMADD231PD Y9, Y11, Y0
	VPADDQ      Y4, Y0, Y0
	VMOVAPD     Y9, Y8
	VPBLENDVB   Y5, Y7, Y0, Y9
	VMOVDQU     Y9, 64(R9)
	ADDQ        $8, DI
	ADDQ        $32, R8
	DECQ        CX
	JNZ         row

	SUBQ whole+24(FP), SI
	SHRQ $3, SI
	MOVQ SI, ret+56(FP)
	VZEROUPPER
	RET
