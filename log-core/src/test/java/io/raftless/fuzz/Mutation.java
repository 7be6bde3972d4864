package io.raftless.fuzz;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** One thing that may happen to bytes. Places are fractions, so that they fit any length. */
sealed interface Mutation {

  /** The damaged bytes. */
  byte[] on(byte[] bytes);

  /** A bit becomes the other one. */
  record Flip(double at, int bit) implements Mutation {
    @Override
    public byte[] on(byte[] bytes) {
      byte[] result = bytes.clone();
      if (result.length > 0) {
        result[place(at, result.length)] ^= (byte) (1 << bit);
      }
      return result;
    }
  }

  /** The end is missing. */
  record Truncate(double at) implements Mutation {
    @Override
    public byte[] on(byte[] bytes) {
      return Arrays.copyOf(bytes, place(at, bytes.length + 1));
    }
  }

  /** Something follows. */
  record Extend(int length, long seed) implements Mutation {
    @Override
    public byte[] on(byte[] bytes) {
      byte[] more = new byte[length];
      new Random(seed).nextBytes(more);
      byte[] result = Arrays.copyOf(bytes, bytes.length + length);
      System.arraycopy(more, 0, result, bytes.length, length);
      return result;
    }
  }

  /** A piece stands in another place too. */
  record Splice(double from, double to, double length) implements Mutation {
    @Override
    public byte[] on(byte[] bytes) {
      int start = place(from, bytes.length + 1);
      int target = place(to, bytes.length + 1);
      int size = place(length, bytes.length - Math.max(start, target) + 1);
      byte[] result = bytes.clone();
      System.arraycopy(bytes, start, result, target, size);
      return result;
    }
  }

  /** A number is another one: fields lie at multiples of four bytes, or anywhere. */
  record Set(double at, boolean aligned, int bytes, long value) implements Mutation {
    @Override
    public byte[] on(byte[] original) {
      byte[] result = original.clone();
      if (result.length < bytes) {
        return result;
      }
      int index = place(at, result.length - bytes + 1);
      index = aligned ? index & ~3 : index;
      ByteBuffer target = ByteBuffer.wrap(result);
      switch (bytes) {
        case 1 -> target.put(index, (byte) value);
        case 4 -> target.putInt(index, (int) value);
        default -> target.putLong(index, value);
      }
      return result;
    }
  }

  private static int place(double fraction, int length) {
    return (int) Math.min(length - 1, (long) (fraction * length));
  }

  /** Any of them. */
  static Arbitrary<Mutation> any() {
    Arbitrary<Double> place = Arbitraries.doubles().between(0, 1);
    Arbitrary<Long> extreme =
        Arbitraries.oneOf(
            Arbitraries.of(
                0L,
                1L,
                -1L,
                0x7FL,
                0x80L,
                0x7FFF_FFFFL,
                0x8000_0000L,
                0x3FFF_FFFFL,
                0x4000_0000L,
                0x7FFF_FFFF_0000_0000L,
                Long.MAX_VALUE,
                Long.MIN_VALUE),
            Arbitraries.longs().between(0, 1000),
            Arbitraries.longs());
    return Arbitraries.oneOf(
        Combinators.combine(place, Arbitraries.integers().between(0, 7)).as(Flip::new),
        place.map(Truncate::new),
        Combinators.combine(Arbitraries.integers().between(1, 100), Arbitraries.longs())
            .as(Extend::new),
        Combinators.combine(place, place, place).as(Splice::new),
        Combinators.combine(place, Arbitraries.of(true, false), Arbitraries.of(1, 4, 8), extreme)
            .as(Set::new));
  }
}
