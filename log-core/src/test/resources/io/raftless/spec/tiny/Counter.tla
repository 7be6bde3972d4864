------------------------------- MODULE Counter -------------------------------
(***************************************************************************)
(* Counts to Limit, and can stop or go back on the way: as small as a      *)
(* model can be that ends in every way in which TLC can end.               *)
(***************************************************************************)
EXTENDS Naturals

CONSTANTS
  Limit,    \* the number it counts to
  GoesBack, \* whether it may go back by one
  Start     \* where it starts

VARIABLE number

Init == number = Start

Up == number < Limit /\ number' = number + 1
Down == GoesBack /\ number > 0 /\ number' = number - 1
Next == Up \/ Down

Spec == Init /\ [][Next]_number /\ WF_number(Up)

\* True always.
InRange == number \in 0..Limit

\* False at the end.
BelowLimit == number < Limit

\* False if it goes back.
NeverGoesBack == [][number' > number]_number

\* False if it goes back, because nothing forces Up often enough.
Arrives == <>[](number = Limit)

\* True: it moves while it can.
Moves == (number = 0) ~> (number = 1)

\* Has no value: a number is compared with a string.
Nonsense == number < 2 \/ number = "two"
==============================================================================
