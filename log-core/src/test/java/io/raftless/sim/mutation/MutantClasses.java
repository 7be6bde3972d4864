package io.raftless.sim.mutation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * All classes of this project once more, main and test, with some of them compiled from another
 * source; everything else is shared.
 */
final class MutantClasses extends ClassLoader {
  private static final String OURS = "io.raftless.";

  private final Map<String, byte[]> compiled;

  private MutantClasses(Map<String, byte[]> compiled) {
    super(MutantClasses.class.getClassLoader());
    this.compiled = compiled;
  }

  /** As they are. */
  static MutantClasses unchanged() {
    return new MutantClasses(Map.of());
  }

  /**
   * With one source file changed.
   *
   * @param className what the file is named after
   * @param source of the file, changed
   * @throws IllegalStateException if it does not compile
   */
  static MutantClasses with(String className, String source) {
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    StringWriter messages = new StringWriter();
    Memory memory = new Memory(compiler.getStandardFileManager(null, null, null));
    List<String> options =
        List.of("-proc:none", "-nowarn", "-classpath", System.getProperty("java.class.path"));
    boolean isCompiled =
        compiler
            .getTask(messages, memory, null, options, null, List.of(new Source(className, source)))
            .call();
    if (!isCompiled) {
      throw new IllegalStateException(className + " does not compile: " + messages);
    }
    Map<String, byte[]> classes = new HashMap<>();
    memory.outputs.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
    return new MutantClasses(classes);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(OURS)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> known = findLoadedClass(name);
      return known != null ? known : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    byte[] bytes = compiled.get(name);
    if (bytes == null) {
      bytes = built(name);
    }
    return defineClass(name, bytes, 0, bytes.length);
  }

  private byte[] built(String name) throws ClassNotFoundException {
    try (InputStream file = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (file == null) {
        throw new ClassNotFoundException(name);
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String source;

    Source(String className, String source) {
      super(URI.create("string:///" + className.replace('.', '/') + ".java"), Kind.SOURCE);
      this.source = source;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return source;
    }
  }

  /** Keeps what is compiled. */
  private static final class Memory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> outputs = new HashMap<>();

    Memory(JavaFileManager files) {
      super(files);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      outputs.put(className, bytes);
      return new SimpleJavaFileObject(
          URI.create("memory:///" + className.replace('.', '/') + kind.extension), kind) {
        @Override
        public OutputStream openOutputStream() {
          return bytes;
        }
      };
    }
  }
}
