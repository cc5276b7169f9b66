import java.io.*;
import java.net.*;
import java.nio.file.*;
import java.sql.*;
import java.util.*;
import javax.persistence.EntityManager;
import jakarta.servlet.http.*;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.bind.annotation.*;
import org.springframework.web.client.RestTemplate;

@RestController
class Handlers {
    private static final Logger LOG = LoggerFactory.getLogger(Handlers.class);
    private static final Set<String> COLUMNS = Set.of("name", "age");
    private static final String TABLE = "people";

    private EntityManager entities;
    private Connection db;

    @GetMapping("/a")
    Object byName(@RequestParam("name") String name) {
        return entities.createQuery("SELECT p FROM Person p WHERE p.name = '" + name + "'").getResultList(); // sql
    }

    @GetMapping("/b")
    Object bound(@RequestParam("name") String name) {
        return entities.createQuery("SELECT p FROM Person p WHERE p.name = :n").setParameter("n", name).getResultList();
    }

    @GetMapping("/c")
    ResultSet sorted(@RequestParam("by") String column) throws SQLException {
        if (!COLUMNS.contains(column)) {
            throw new IllegalArgumentException("no such column");
        }
        return db.prepareStatement("SELECT * FROM " + TABLE + " ORDER BY " + column).executeQuery();
    }

    @GetMapping("/d/{id}")
    ResultSet byId(@PathVariable long id, @RequestHeader("X-Table") String table) throws SQLException {
        db.createStatement().execute("DELETE FROM " + table); // sql
        return db.createStatement().executeQuery("SELECT * FROM t WHERE id = " + id);
    }

    @PostMapping("/e")
    void command(@RequestBody String body) throws IOException {
        String[] parts = body.split(",");
        new ProcessBuilder("sh", "-c", "tar -xf " + parts[0]).start(); // command
        new ProcessBuilder("tar", "-xf", parts[0]).start();
    }

    @GetMapping("/f")
    byte[] file(@RequestParam String name) throws IOException {
        Path folder = Path.of("/srv/files");
        Path wanted = folder.resolve(name).normalize();
        if (!wanted.startsWith(folder)) {
            throw new FileNotFoundException("no such file");
        }
        return Files.readAllBytes(wanted);
    }

    @GetMapping("/g")
    byte[] open(@RequestParam String name) throws IOException {
        File file = new File("/srv/files", name);
        if (!file.getCanonicalPath().startsWith("/srv/files/")) {
            throw new FileNotFoundException("no such file");
        }
        return Files.readAllBytes(Path.of("/srv/other", name)); // path
    }

    @GetMapping("/h")
    String proxy(@RequestParam String url) {
        return new RestTemplate().getForObject(url, String.class); // url
    }

    @GetMapping("/i")
    String fixed(@RequestParam String city) {
        return new RestTemplate().getForObject("https://weather.example.org/now", String.class, city);
    }

    @GetMapping("/j")
    void log(@RequestParam String user, @RequestParam int age) {
        LOG.info("user {}", user); // log
        LOG.info("age {}", age);
    }

    void leave(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String next = request.getParameter("next");
        if ("/home".equals(next)) {
            response.sendRedirect(next);
        } else {
            response.sendRedirect("/");
        }
        response.sendRedirect(request.getParameter("other")); // redirect
    }

    void strict(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = request.getParameter("name");
        if (name.matches("^[a-z0-9]+$")) {
            response.getWriter().println(name);
            new FileWriter("/srv/" + name).close();
        }
    }

    void optional(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = Optional.ofNullable(request.getParameter("name")).orElse("nobody");
        response.getWriter().println(name); // html
    }

    void stream(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String line;
        BufferedReader reader = request.getReader();
        StringBuffer all = new StringBuffer();
        while ((line = reader.readLine()) != null) {
            all.append(line).append('\n');
        }
        response.getWriter().println(all.toString()); // html
        response.getWriter().println(all.length());
    }

    void stored(HttpServletResponse response) throws Exception {
        ResultSet rows = db.createStatement().executeQuery("SELECT name FROM people");
        while (rows.next()) {
            response.getWriter().println(rows.getString(1)); // html
            response.getWriter().println(rows.getInt(2));
        }
    }

    void number(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String given = request.getParameter("n");
        int number;
        try {
            number = Integer.parseInt(given);
        } catch (NumberFormatException e) {
            number = 0;
        }
        response.getWriter().println("n is " + number);
    }

    private final class Form {
        private String name;
        private String note = "none";

        void setName(String name) {
            this.name = name;
        }

        String getName() {
            return name;
        }

        String getNote() {
            return note;
        }
    }

    void form(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Form form = new Form();
        form.setName(request.getParameter("name"));
        response.getWriter().println(form.getName()); // html
        response.getWriter().println(form.getNote());
    }

    void cookies(HttpServletRequest request, HttpServletResponse response) {
        Cookie open = new Cookie("a", "b");
        open.setMaxAge(60 * 3);
        open.setSecure(false);
        open.setHttpOnly(true);
        response.addCookie(open); // insecure-cookie
        Cookie kept = new Cookie("a", "b");
        kept.setSecure(true);
        kept.setHttpOnly(true);
        response.addCookie(kept);
    }

    void lists(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<String> all = Arrays.asList("a", request.getParameter("b"));
        for (String one : all) {
            response.getWriter().println(one); // html
        }
        String joined = String.join(",", all);
        response.getWriter().println(joined); // html
        response.getWriter().println(all.size());
    }

    void lambda(HttpServletRequest request, HttpServletResponse response) throws IOException {
        PrintWriter out = response.getWriter();
        Collections.list(request.getParameterNames()).forEach(name -> out.println(name)); // html
        List.of("a", "b").forEach(name -> out.println(name));
    }
}
