package io.raftless.flink.table;

import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.table.expressions.CallExpression;
import org.apache.flink.table.expressions.FieldReferenceExpression;
import org.apache.flink.table.expressions.ResolvedExpression;
import org.apache.flink.table.expressions.ValueLiteralExpression;
import org.apache.flink.table.functions.BuiltInFunctionDefinitions;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.jspecify.annotations.Nullable;

/**
 * What a query's conditions on metadata columns say about which records need not be read. It is
 * only ever a saving: the planner still applies every condition, so that rows of a partition that a
 * savepoint remembers, for example, do no harm.
 *
 * @param partitions that are to be read; null for all
 * @param fromMillis records before the first one of this timestamp or later are not needed; null
 *     for no limit
 */
record MetadataFilters(@Nullable Set<Integer> partitions, @Nullable Long fromMillis)
    implements Serializable {

  /** Everything is read. */
  static final MetadataFilters NONE = new MetadataFilters(null, null);

  /**
   * Looks for conditions that save reading.
   *
   * @param metadataKeys by the names of the columns
   */
  static MetadataFilters of(List<ResolvedExpression> filters, Map<String, String> metadataKeys) {
    MetadataFilters found = NONE;
    for (ResolvedExpression filter : filters) {
      found = found.and(of(filter, metadataKeys));
    }
    return found;
  }

  /** Whether a condition says anything that saves reading. */
  static boolean isUseful(ResolvedExpression filter, Map<String, String> metadataKeys) {
    return !of(filter, metadataKeys).equals(NONE);
  }

  private static MetadataFilters of(ResolvedExpression filter, Map<String, String> metadataKeys) {
    Set<Integer> partitions = partitions(filter, metadataKeys);
    return partitions != null
        ? new MetadataFilters(partitions, null)
        : new MetadataFilters(null, fromMillis(filter, metadataKeys));
  }

  private MetadataFilters and(MetadataFilters other) {
    Set<Integer> both = partitions == null ? other.partitions : partitions;
    if (partitions != null && other.partitions != null) {
      both = new TreeSet<>(partitions);
      both.retainAll(other.partitions);
    }
    Long from = fromMillis == null ? other.fromMillis : fromMillis;
    if (fromMillis != null && other.fromMillis != null) {
      from = Long.valueOf(Math.max(fromMillis, other.fromMillis));
    }
    return new MetadataFilters(both, from);
  }

  /** The partitions that a condition allows; null if it says nothing about them. */
  private static @Nullable Set<Integer> partitions(
      ResolvedExpression filter, Map<String, String> metadataKeys) {
    if (!(filter instanceof CallExpression call)) {
      return null;
    }
    FunctionDefinition function = call.getFunctionDefinition();
    if (function == BuiltInFunctionDefinitions.OR) {
      Set<Integer> union = new HashSet<>();
      for (ResolvedExpression side : call.getResolvedChildren()) {
        Set<Integer> partitions = partitions(side, metadataKeys);
        if (partitions == null) {
          return null;
        }
        union.addAll(partitions);
      }
      return union;
    }
    Comparison comparison = Comparison.of(call, ReadableMetadata.PARTITION, metadataKeys);
    if (comparison == null || comparison.function() != BuiltInFunctionDefinitions.EQUALS) {
      return null;
    }
    Long number = number(comparison.literal());
    if (number == null) {
      return null;
    }
    return number < 0 || number > Integer.MAX_VALUE ? Set.of() : Set.of(number.intValue());
  }

  private static @Nullable Long fromMillis(
      ResolvedExpression filter, Map<String, String> metadataKeys) {
    if (!(filter instanceof CallExpression call)) {
      return null;
    }
    Comparison comparison = Comparison.of(call, ReadableMetadata.TIMESTAMP, metadataKeys);
    if (comparison == null) {
      return null;
    }
    FunctionDefinition function = comparison.function();
    boolean isLowerBound =
        function == BuiltInFunctionDefinitions.EQUALS
            || function == BuiltInFunctionDefinitions.GREATER_THAN
            || function == BuiltInFunctionDefinitions.GREATER_THAN_OR_EQUAL;
    // Timestamps need not ascend, so an upper bound says nothing about where to stop. Fractions of
    // a millisecond are cut: that reads a record too many at most.
    return isLowerBound
        ? comparison.literal().getValueAs(Instant.class).map(Instant::toEpochMilli).orElse(null)
        : null;
  }

  private static @Nullable Long number(ValueLiteralExpression literal) {
    Optional<? extends Number> number =
        literal
            .getValueAs(Integer.class)
            .<Number>map(value -> value)
            .or(() -> literal.getValueAs(Long.class))
            .or(() -> literal.getValueAs(BigDecimal.class));
    try {
      return number.map(value -> new BigDecimal(value.toString()).longValueExact()).orElse(null);
    } catch (ArithmeticException e) {
      return null; // A fraction, or beyond all offsets: the planner will find no row equal to it.
    }
  }

  /**
   * A comparison of a metadata column with a literal.
   *
   * @param function with the column on its left
   */
  private record Comparison(FunctionDefinition function, ValueLiteralExpression literal) {
    private static final Map<FunctionDefinition, FunctionDefinition> MIRRORED =
        Map.of(
            BuiltInFunctionDefinitions.EQUALS,
            BuiltInFunctionDefinitions.EQUALS,
            BuiltInFunctionDefinitions.LESS_THAN,
            BuiltInFunctionDefinitions.GREATER_THAN,
            BuiltInFunctionDefinitions.LESS_THAN_OR_EQUAL,
            BuiltInFunctionDefinitions.GREATER_THAN_OR_EQUAL,
            BuiltInFunctionDefinitions.GREATER_THAN,
            BuiltInFunctionDefinitions.LESS_THAN,
            BuiltInFunctionDefinitions.GREATER_THAN_OR_EQUAL,
            BuiltInFunctionDefinitions.LESS_THAN_OR_EQUAL);

    static @Nullable Comparison of(
        CallExpression call, ReadableMetadata metadata, Map<String, String> metadataKeys) {
      FunctionDefinition mirrored = MIRRORED.get(call.getFunctionDefinition());
      if (mirrored == null || call.getResolvedChildren().size() != 2) {
        return null;
      }
      ResolvedExpression left = call.getResolvedChildren().get(0);
      ResolvedExpression right = call.getResolvedChildren().get(1);
      if (isColumn(left, metadata, metadataKeys)
          && right instanceof ValueLiteralExpression literal) {
        return new Comparison(call.getFunctionDefinition(), literal);
      }
      if (isColumn(right, metadata, metadataKeys)
          && left instanceof ValueLiteralExpression literal) {
        return new Comparison(mirrored, literal);
      }
      return null;
    }

    private static boolean isColumn(
        ResolvedExpression expression,
        ReadableMetadata metadata,
        Map<String, String> metadataKeys) {
      if (expression instanceof CallExpression call) {
        return call.getFunctionDefinition() == BuiltInFunctionDefinitions.CAST
            && keepsValues(call.getOutputDataType().getLogicalType().getTypeRoot(), metadata)
            && isColumn(call.getResolvedChildren().get(0), metadata, metadataKeys);
      }
      return expression instanceof FieldReferenceExpression field
          && metadata.key().equals(metadataKeys.get(field.getName()));
    }

    /** The column may be declared with another type, or as nullable. */
    private static boolean keepsValues(LogicalTypeRoot target, ReadableMetadata metadata) {
      LogicalTypeRoot own = metadata.type().getLogicalType().getTypeRoot();
      return target == own || (own == LogicalTypeRoot.INTEGER && target == LogicalTypeRoot.BIGINT);
    }
  }
}
